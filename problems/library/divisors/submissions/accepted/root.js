const n = Number(require("fs").readFileSync(0, "utf8"));
const root = Math.floor(Math.sqrt(n));
let sum = 0;
for (let i = 1; i <= root; i++) {
    sum += Math.floor(n / i);
}
console.log(2 * sum - root * root);
