import java.util.Scanner;

public class Sums {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt();
        int capacity = in.nextInt();
        int[] weights = new int[n + 1];
        // The thing that first made a sum possible; the sum without it was possible before.
        int[] last = new int[capacity + 1];
        last[0] = -1;
        for (int thing = 1; thing <= n; thing++) {
            weights[thing] = in.nextInt();
            for (int sum = capacity; sum >= weights[thing]; sum--) {
                if (last[sum] == 0 && last[sum - weights[thing]] != 0) {
                    last[sum] = thing;
                }
            }
        }
        int sum = capacity;
        while (last[sum] == 0) {
            sum--;
        }
        StringBuilder packed = new StringBuilder();
        for (; sum > 0; sum -= weights[last[sum]]) {
            packed.append(last[sum]).append(' ');
        }
        System.out.println(packed.toString().trim());
    }
}
