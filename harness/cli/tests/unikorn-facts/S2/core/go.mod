module github.com/unikorn-cloud/core

go 1.26
