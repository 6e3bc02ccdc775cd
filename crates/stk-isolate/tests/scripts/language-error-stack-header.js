console.log(new Error('message').stack.split('\n')[0]);
