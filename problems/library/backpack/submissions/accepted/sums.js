const [n, capacity, ...weights] = require("fs").readFileSync(0, "utf8").split(/\s+/).map(Number);
// The things of one way to each sum.
const ways = [[]];
for (let thing = 1; thing <= n; thing++) {
    for (let sum = capacity; sum >= weights[thing - 1]; sum--) {
        const before = ways[sum - weights[thing - 1]];
        if (!ways[sum] && before) {
            ways[sum] = [...before, thing];
        }
    }
}
console.log(ways[ways.length - 1].join(" "));
