// Package tokentest gives tests a directory in memory: a pool with its app
// clients, users and groups, a clock that stands still, and a token engine on
// top. It is for the tests of package token and of the edges that use it.
//
// [Memory] satisfies the storage interface of package token by its contract;
// of the other engines' interfaces it has what token asks for.
package tokentest
