import java.util.Scanner;

public class Halves {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int low = 1;
        int high = in.nextInt();
        while (true) {
            int middle = low + (high - low) / 2;
            System.out.println(middle);
            System.out.flush();
            switch (in.next()) {
                case "lower": high = middle - 1; break;
                case "higher": low = middle + 1; break;
                default: return;
            }
        }
    }
}
