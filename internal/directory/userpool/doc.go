// Package userpool holds user pools and what belongs to a pool as a whole: its
// settings and schema, its app clients, its domains, its resource servers and its
// identity providers.
//
// Each noun ([Pool], [Client], [Domain], [ResourceServer], [Provider]) has a file for its type and
// a file for the methods of [Engine] that find and change it: pool.go and pools.go,
// for example. The engine keeps them in a [Store], which package store implements and
// no caller of the engine can reach. Users and groups belong to package user,
// passwords and codes to package credential.
//
// Each type of identity provider has a line in the table of providerkind.go: which
// details it takes, which of them is secret, and which follow from others. Setting one
// up asks the provider what it publishes of itself, through [ProviderNetwork].
// Signing in through one is not offered yet.
//
// Every other setting of a pool takes effect. The edge that decodes a setting refuses it if
// nothing acts on it.
package userpool
