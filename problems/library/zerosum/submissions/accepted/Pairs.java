import java.util.Scanner;

public class Pairs {
    public static void main(String[] args) {
        int n = new Scanner(System.in).nextInt();
        StringBuilder numbers = new StringBuilder();
        if (n % 2 == 1) {
            numbers.append("0\n");
        }
        for (int number = 1; number <= n / 2; number++) {
            numbers.append(number).append(' ').append(-number).append('\n');
        }
        System.out.print(numbers);
    }
}
