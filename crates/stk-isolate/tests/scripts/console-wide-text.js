console.log(['日本', '中国', '한국', 'a', 'bb', 'ccc', 'dddd', '😀'], { 日本: '東京' }); console.table([{ 名: '東京', n: 1 }, { 名: 'é', n: '😀' }]);
