# A product goes: everything stated of it and of its offer, whatever the source, and every link that leads to it.
DELETE { GRAPH ?source { ?subject ?predicate ?object . } }
WHERE {
  {
    # bind ?product
    GRAPH ?source { ?product ?predicate ?object . }
    BIND(?product AS ?subject)
  } UNION {
    # bind ?product
    GRAPH ?stating { ?product schema:offers ?subject . }
    GRAPH ?source { ?subject ?predicate ?object . }
  } UNION {
    # bind ?product
    # bind ?predicate many
    GRAPH ?source { ?subject ?predicate ?product . }
    BIND(?product AS ?object)
  }
}
