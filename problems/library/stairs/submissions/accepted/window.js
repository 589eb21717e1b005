const MOD = 1000000007;
const [n, k] = require("fs").readFileSync(0, "utf8").split(" ").map(Number);
const ways = new Int32Array(n + 1);
ways[0] = 1;
let window = 0;
for (let step = 1; step <= n; step++) {
    window += ways[step - 1] + MOD;
    if (step > k) {
        window -= ways[step - 1 - k];
    }
    window %= MOD;
    ways[step] = window;
}
console.log(ways[n]);
