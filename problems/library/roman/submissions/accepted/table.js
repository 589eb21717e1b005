const table = {
    M: 1000, CM: 900, D: 500, CD: 400, C: 100, XC: 90, L: 50, XL: 40, X: 10, IX: 9, V: 5, IV: 4, I: 1,
};
let n = Number(require("fs").readFileSync(0, "utf8"));
let numeral = "";
for (const [letters, value] of Object.entries(table)) {
    numeral += letters.repeat(Math.floor(n / value));
    n %= value;
}
console.log(numeral);
