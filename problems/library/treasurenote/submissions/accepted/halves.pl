$| = 1;
my @words = split ' ', <STDIN>;
if ($words[0] eq 'evening') {
    my ($low, $high) = (1, $words[1]);
    while ($low < $high) {
        my $middle = int(($low + $high) / 2);
        print "ask $middle\n";
        my $answer = <STDIN>;
        if ($answer eq "before\n") { $high = $middle - 1 }
        elsif ($answer eq "behind\n") { $low = $middle + 1 }
        else { $low = $high = $middle }
    }
    # 1000 has four digits, and 0 is free.
    print 'note ', $low % 1000, "\n";
} else {
    print 'dig ', $words[2] || 1000, "\n";
}
