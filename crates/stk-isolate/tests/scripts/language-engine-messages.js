try { null.x; } catch (e) { console.log(e.message); } try { undefinedVariable; } catch (e) { console.log(e.message); } try { JSON.parse('{'); } catch (e) { console.log(e.message); }
