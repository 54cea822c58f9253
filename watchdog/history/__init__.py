"""How two commits are ordered, answered by git on mirrors of the sources the policy names."""
