import java.util.Scanner;

public class SmallFirst {
    public static void main(String[] args) {
        int n = new Scanner(System.in).nextInt();
        int first = 2;
        while (!isPrime(first) || !isPrime(n - first)) {
            first++;
        }
        System.out.println(first + " " + (n - first));
    }

    private static boolean isPrime(int number) {
        for (int divisor = 2; divisor * divisor <= number; divisor++) {
            if (number % divisor == 0) {
                return false;
            }
        }
        return number >= 2;
    }
}
