// Package settings reads what a person wrote to configure a program, and says
// precisely what is wrong with it. It has the one suggester of Gatehouse:
// [Suggest] guesses which known word was meant by a mistyped one.
package settings
