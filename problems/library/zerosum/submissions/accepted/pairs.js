const n = Number(require("fs").readFileSync(0, "utf8"));
const numbers = n % 2 === 1 ? [0] : [];
for (let number = 1; number <= n / 2; number++) {
    numbers.push(number, -number);
}
console.log(numbers.join(" "));
