import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

public class Ring {
    public static void main(String[] args) throws IOException {
        String[] words = new BufferedReader(new InputStreamReader(System.in)).readLine().split(" ");
        double inner = Double.parseDouble(words[0]);
        double outer = Double.parseDouble(words[1]);
        System.out.println(Math.PI * (outer - inner) * (outer + inner));
    }
}
