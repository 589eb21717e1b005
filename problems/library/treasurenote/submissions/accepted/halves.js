const lines = require("readline").createInterface({ input: process.stdin });
let low = 1;
let high;
let middle;
lines.on("line", (line) => {
    const words = line.split(" ");
    switch (words[0]) {
        case "morning":
            console.log("dig", Number(words[2]) || 1000);
            lines.close();
            return;
        case "evening":
            high = Number(words[1]);
            break;
        case "before":
            high = middle - 1;
            break;
        case "behind":
            low = middle + 1;
            break;
        default:
            low = high = middle;
    }
    if (low < high) {
        middle = Math.floor((low + high) / 2);
        console.log("ask", middle);
    } else {
        // 1000 has four digits, and 0 is free.
        console.log("note", low % 1000);
        lines.close();
    }
});
