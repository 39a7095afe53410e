	.text
	.globl	f
	.type	f, @function
f:
	movslq	%edi, %rax
	salq	$4, %rax
	addq	$a, %rax
	ret
	.size	f, .-f
f.Lfe:
	.globl	g
	.type	g, @function
g:
	movslq	%edi, %rax
	salq	$4, %rax
	addq	$b, %rax
	ret
	.size	g, .-g
g.Lfe:
	.section	.rodata
	.align 16
	.type	a, @object
	.size	a, 16
a:
	.quad	b
	.long	5
	.zero	4
	.align 16
	.type	b, @object
	.size	b, 16
b:
	.quad	a
	.long	7
	.zero	4
#----- kpatch begin -----
	.pushsection .kpatch.text,"xR",@progbits
#----- kpatch: f -----
	.p2align 4
	.globl	f.kpatch
	.hidden	f.kpatch
	.type	f.kpatch, @function
f.kpatch:
	movslq	%edi, %rax
	salq	$4, %rax
	addq	$a.kpatch, %rax
	ret
	.size	f.kpatch, .-f.kpatch
f.kpatch_end:
#----- kpatch: g -----
	.p2align 4
	.globl	g.kpatch
	.hidden	g.kpatch
	.type	g.kpatch, @function
g.kpatch:
	movslq	%edi, %rax
	salq	$4, %rax
	addq	$b.kpatch, %rax
	ret
	.size	g.kpatch, .-g.kpatch
g.kpatch_end:
	.popsection
	.pushsection .kpatch.rodata,"R",@progbits
	.align 16
	.type	a.kpatch, @object
a.kpatch:
	.quad	b.kpatch
	.long	6
	.zero	4
	.align 16
	.type	b.kpatch, @object
b.kpatch:
	.quad	a.kpatch
	.long	7
	.zero	4
	.popsection
	.pushsection .kpatch.strtab,"R",@progbits
.Lkpatch_name0:
	.string	"f"
.Lkpatch_name1:
	.string	"g"
	.popsection
	.pushsection .kpatch.info,"R",@progbits
	.balign	8
	.quad	f
	.quad	f.Lfe-f
	.quad	f.kpatch
	.quad	f.kpatch_end-f.kpatch
	.quad	.Lkpatch_name0
	.quad	0
	.quad	g
	.quad	g.Lfe-g
	.quad	g.kpatch
	.quad	g.kpatch_end-g.kpatch
	.quad	.Lkpatch_name1
	.quad	0
	.popsection
#----- kpatch end -----
