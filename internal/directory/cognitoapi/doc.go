// Package cognitoapi speaks the API of Amazon Cognito user pools: AWS JSON 1.1
// over POST /, 140 operations.
//
// What follows from the service's model is generated from model.json (see
// gen): the types, decoding, constraint checks, encoding, the [Operations]
// interface and the table of operations. The hand-written part is the server
// around it and, one file an operation group, the operations themselves.
//
// A request travels so:
//
//	X-Amz-Target → body → decode → signature → constraints → operation → encode
//	     │           │       │         │            │            │
//	     └───────────┴───────┴─────────┴────────────┴────────────┴→ error → envelope
//
// Engines answer with fault errors; errors.go is the one place that gives them
// exception names. This package leaves all rules beyond the model's
// constraints to the engines, and the proof of access keys to [Server.Authenticate].
package cognitoapi

//go:generate go run ./gen
