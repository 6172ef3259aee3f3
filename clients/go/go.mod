module plumbline/clients/go

go 1.26
