$| = 1;
my ($low, $high) = (1, scalar <STDIN>);
while (1) {
    my $middle = int(($low + $high) / 2);
    print "$middle\n";
    my $answer = <STDIN>;
    if ($answer eq "lower\n") { $high = $middle - 1 }
    elsif ($answer eq "higher\n") { $low = $middle + 1 }
    else { last }
}
