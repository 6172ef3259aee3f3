module github.com/unikorn-cloud/region

go 1.26
