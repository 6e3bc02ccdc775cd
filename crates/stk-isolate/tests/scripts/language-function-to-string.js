console.log(String((a) => a + 1));
