my $n = <STDIN>;
print "0\n" if $n % 2;
print "$_ -$_\n" for 1 .. $n / 2;
