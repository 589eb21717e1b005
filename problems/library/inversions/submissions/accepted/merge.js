const [n, ...rest] = require("fs").readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
let times = Int32Array.from(rest);
let merged = new Int32Array(n);
let count = 0;
for (let width = 1; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) {
        const middle = Math.min(start + width, n);
        const end = Math.min(start + 2 * width, n);
        let left = start;
        let right = middle;
        for (let at = start; at < end; at++) {
            if (right === end || (left < middle && times[left] <= times[right])) {
                merged[at] = times[left++];
            } else {
                count += middle - left;
                merged[at] = times[right++];
            }
        }
    }
    [times, merged] = [merged, times];
}
console.log(count);
