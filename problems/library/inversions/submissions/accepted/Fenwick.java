import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.StreamTokenizer;
import java.util.Arrays;

public class Fenwick {
    public static void main(String[] args) throws IOException {
        StreamTokenizer in = new StreamTokenizer(new BufferedInputStream(System.in));
        in.nextToken();
        int n = (int) in.nval;
        int[] times = new int[n];
        for (int i = 0; i < n; i++) {
            in.nextToken();
            times[i] = (int) in.nval;
        }
        int[] sorted = times.clone();
        Arrays.sort(sorted);
        int[] tree = new int[n + 1];
        long count = 0;
        for (int i = 0; i < n; i++) {
            // Any place among equal times will do, as long as it is the same for all of them.
            int rank = lowerBound(sorted, times[i]) + 1;
            int notLater = 0;
            for (int at = rank; at > 0; at -= at & -at) {
                notLater += tree[at];
            }
            count += i - notLater;
            for (int at = rank; at <= n; at += at & -at) {
                tree[at]++;
            }
        }
        System.out.println(count);
    }

    private static int lowerBound(int[] sorted, int time) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle] < time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
