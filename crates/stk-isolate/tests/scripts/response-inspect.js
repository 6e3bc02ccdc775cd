console.log(new Response('x', { status: 201 })); console.log(new Response(), { r: new Response(null, { status: 204 }) }, Object.prototype.toString.call(new Response()));
console.log(Response.error());
