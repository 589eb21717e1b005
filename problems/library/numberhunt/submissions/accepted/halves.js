const lines = require("readline").createInterface({ input: process.stdin });
let low = 1;
let high;
let middle;
lines.on("line", (line) => {
    if (line === "found") {
        lines.close();
        return;
    }
    if (line === "lower") {
        high = middle - 1;
    } else if (line === "higher") {
        low = middle + 1;
    } else {
        high = Number(line);
    }
    middle = Math.floor((low + high) / 2);
    console.log(middle);
});
