# Is killed before its hello, every time.
kill -9 $$
