import java.util.Scanner;

public class Table {
    private static final int[] VALUES = {1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1};
    private static final String[] LETTERS = "M CM D CD C XC L XL X IX V IV I".split(" ");

    public static void main(String[] args) {
        int n = new Scanner(System.in).nextInt();
        StringBuilder numeral = new StringBuilder();
        for (int at = 0; at < VALUES.length; at++) {
            for (; n >= VALUES[at]; n -= VALUES[at]) {
                numeral.append(LETTERS[at]);
            }
        }
        System.out.println(numeral);
    }
}
