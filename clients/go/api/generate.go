// Package api is generated from the documents that our fake serves, with a client for what they describe in full.
package api

//go:generate go tool -modfile=../tools.mod oapi-codegen -config common/config.yaml ../../../fake-server/openapi/common.yaml
//go:generate go tool -modfile=../tools.mod oapi-codegen -config identity/config.yaml ../../../fake-server/openapi/identity.yaml
//go:generate go tool -modfile=../tools.mod oapi-codegen -config region/config.yaml ../../../fake-server/openapi/region.yaml
