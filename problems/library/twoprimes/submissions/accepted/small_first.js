const n = Number(require("fs").readFileSync(0, "utf8"));
function isPrime(number) {
    for (let divisor = 2; divisor * divisor <= number; divisor++) {
        if (number % divisor === 0) {
            return false;
        }
    }
    return number >= 2;
}
let first = 2;
while (!isPrime(first) || !isPrime(n - first)) {
    first++;
}
console.log(first, n - first);
