"""Words that texts made to steer a review are made of, by what they mean; a word that ends in `*` is a stem."""
