const [inner, outer] = require("fs").readFileSync(0, "utf8").split(" ").map(Number);
console.log(Math.PI * (outer - inner) * (outer + inner));
