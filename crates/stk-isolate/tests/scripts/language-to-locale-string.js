console.log((1234567.891).toLocaleString(), new Date(0).toLocaleDateString(), typeof Intl);
