// Package userpool holds user pools and what belongs to a pool as a whole: its
// settings and schema, its app clients, its domains and its resource servers.
//
// Each noun ([Pool], [Client], [Domain], [ResourceServer]) has a file for its type and
// a file for the methods of [Engine] that find and change it: pool.go and pools.go,
// for example. The engine keeps them in a [Store], which package store implements and
// no caller of the engine can reach. Users and groups belong to package user,
// passwords and codes to package credential.
//
// Every setting of a pool takes effect. The edge that decodes a setting refuses it if
// nothing acts on it.
package userpool
