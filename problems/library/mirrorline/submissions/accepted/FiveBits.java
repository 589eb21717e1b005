import java.util.Scanner;

public class FiveBits {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        String task = in.next();
        String text = in.next();
        StringBuilder made = new StringBuilder();
        if (task.equals("send")) {
            for (char letter : text.toCharArray()) {
                // The bit in front keeps the zeros.
                made.append(Integer.toBinaryString(letter - 'a' + 32).substring(1));
            }
        } else {
            String digits = new StringBuilder(text).reverse().toString();
            for (int at = 0; at < digits.length(); at += 5) {
                made.append((char) ('a' + Integer.parseInt(digits.substring(at, at + 5), 2)));
            }
        }
        System.out.println(made);
    }
}
