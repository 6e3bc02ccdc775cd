console.log(new Date('2024-00-01').getTime());
