"""How the weights of mini_resnet are learnt; `data/pretrain_mini_resnet.py` runs it.

Read in this order: `cutouts` (objects cut from white), `scenes` (objects in clutter), `samples` (all that the
network sees, on disk), `teacher` (feature maps to imitate), `learning` (the training), `probe` and `scores`
(what the features are worth), `weights` (the file that is shipped).
"""
