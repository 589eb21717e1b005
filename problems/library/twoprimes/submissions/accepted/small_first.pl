sub is_prime {
    my $number = shift;
    for (my $divisor = 2; $divisor * $divisor <= $number; $divisor++) {
        return 0 if $number % $divisor == 0;
    }
    return $number >= 2;
}
chomp(my $n = <STDIN>);
my $first = 2;
$first++ until is_prime($first) && is_prime($n - $first);
print $first, ' ', $n - $first, "\n";
