// Package userpool holds the user pools of the directory and what belongs to a
// pool as a whole: its settings and schema, its app clients, its domains and
// its resource servers.
//
// The nouns ([Pool], [Client], [Domain], [ResourceServer]) have a file each,
// with their rules. [Engine] answers questions about them and changes them; it
// stores them through [Store], which the store package satisfies. Users and
// groups live in package user, passwords and codes in credential.
//
// A setting that nothing acts on is not accepted: the edge that decodes it
// refuses it, so that a pool never promises what it does not do.
package userpool
