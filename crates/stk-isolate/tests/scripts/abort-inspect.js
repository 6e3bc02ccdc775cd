const c = new AbortController(); console.log(c, c.signal, [AbortSignal.abort()]); console.log(String(c.signal), Object.keys(c));
