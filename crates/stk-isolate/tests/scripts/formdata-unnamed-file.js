const f = new FormData();
f.append('none', new File([], ''));
const [[name, value]] = await new Response(f).formData();
console.log(name, value instanceof File, value.size);
