import java.util.Scanner;

public class Blocks {
    public static void main(String[] args) {
        long n = new Scanner(System.in).nextLong();
        long sum = 0;
        for (long first = 1; first <= n; ) {
            // All numbers up to the last one have as many multiples as the first.
            long multiples = n / first;
            long last = n / multiples;
            sum += multiples * (last - first + 1);
            first = last + 1;
        }
        System.out.println(sum);
    }
}
