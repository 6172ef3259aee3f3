module github.com/unikorn-cloud/identity

go 1.26
