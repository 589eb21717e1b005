const [task, text] = require("fs").readFileSync(0, "utf8").split("\n");
const send = (letter) => (letter.charCodeAt(0) - 97).toString(2).padStart(5, "0");
const receive = (digits) => String.fromCharCode(97 + parseInt(digits, 2));
if (task === "send") {
    console.log([...text].map(send).join(""));
} else {
    console.log([...text].reverse().join("").match(/.{5}/g).map(receive).join(""));
}
