import java.util.Scanner;

public class Halves {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        if (in.next().equals("evening")) {
            int low = 1;
            int high = in.nextInt();
            while (low < high) {
                int middle = (low + high) / 2;
                say("ask " + middle);
                switch (in.next()) {
                    case "before": high = middle - 1; break;
                    case "behind": low = middle + 1; break;
                    default: low = high = middle;
                }
            }
            // 1000 has four digits, and 0 is free.
            say("note " + low % 1000);
        } else {
            in.nextInt();
            int note = in.nextInt();
            say("dig " + (note == 0 ? 1000 : note));
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
