import java.util.Scanner;

public class Window {
    private static final int MOD = 1_000_000_007;

    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt();
        int k = in.nextInt();
        int[] ways = new int[n + 1];
        ways[0] = 1;
        long window = 0;
        for (int step = 1; step <= n; step++) {
            window += ways[step - 1];
            if (step > k) {
                window -= ways[step - 1 - k];
            }
            ways[step] = (int) Math.floorMod(window, (long) MOD);
            window = ways[step];
        }
        System.out.println(ways[n]);
    }
}
