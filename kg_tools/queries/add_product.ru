# What a source says of a new product, its offer and the nodes that came with it.
INSERT { GRAPH ?source { ?subject ?predicate ?object . } }
WHERE {
  # bind ?source
  # bind ?subject ?predicate ?object many
}
